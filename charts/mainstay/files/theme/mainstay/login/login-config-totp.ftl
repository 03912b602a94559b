<#import "template.ftl" as layout>
<#import "field.ftl" as field>
<#import "buttons.ftl" as buttons>
<#import "password-commons.ftl" as passwordCommons>
<@layout.registrationLayout displayMessage=false; section>
    <#if section = "header">
        ${msg("loginTotpTitle")}
    <#elseif section = "form">
        <p class="mainstay-about">${msg("mainstayTotpAbout")}</p>
        <ol id="kc-totp-settings" class="mainstay-steps">
            <li><p>${msg("loginTotpStep1")}</p></li>
            <#if mode?? && mode = "manual">
                <li>
                    <p>${msg("loginTotpManualStep2")}</p>
                    <span id="kc-totp-secret-key" class="mainstay-key">${totp.totpSecretEncoded}</span>
                    <p><a href="${totp.qrUrl}" id="mode-barcode">${msg("loginTotpScanBarcode")}</a></p>
                </li>
            <#else>
                <li>
                    <p>${msg("loginTotpStep2")}</p>
                    <img id="kc-totp-secret-qr-code" class="mainstay-qr" src="data:image/png;base64, ${totp.totpSecretQrCode}" alt="${msg("mainstayQrCode")}">
                    <p><a href="${totp.manualUrl}" id="mode-manual">${msg("loginTotpUnableToScan")}</a></p>
                </li>
            </#if>
            <li><p>${msg("loginTotpStep3")}</p></li>
        </ol>

        <form action="${url.loginAction}" class="${properties.kcFormClass!}" id="kc-totp-settings-form" method="post" novalidate="novalidate">
            <input type="hidden" id="totpSecret" name="totpSecret" value="${totp.totpSecret}" />
            <#if mode??><input type="hidden" id="mode" name="mode" value="${mode}"/></#if>
            <div class="mainstay-code">
                <@field.input name="totp" label=msg("authenticatorCode") autocomplete="one-time-code" required=true />
            </div>
            <@field.input name="userLabel" label=msg("loginTotpDeviceName") required=(totp.otpCredentials?size gte 1) />
            <#if isAppInitiatedAction??>
                <@passwordCommons.logoutOtherSessions/>
            </#if>
            <@buttons.actionGroup horizontal=true>
                <@buttons.button id="saveTOTPBtn" label="mainstayFinish" />
                <#if isAppInitiatedAction??>
                    <@buttons.button id="cancelTOTPBtn" name="cancel-aia" label="doCancel" type="secondary" value="true" />
                </#if>
            </@buttons.actionGroup>
        </form>
    </#if>
</@layout.registrationLayout>
