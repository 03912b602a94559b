<#import "template.ftl" as layout>
<#import "field.ftl" as field>
<#import "buttons.ftl" as buttons>
<@layout.registrationLayout displayMessage=!messagesPerField.existsError('totp'); section>
    <#if section="header">
        ${msg("mainstayCodeTitle")}
    <#elseif section="form">
        <p class="mainstay-about">${msg("mainstayCodeAbout")}</p>
        <form id="kc-otp-login-form" class="${properties.kcFormClass!}" onsubmit="login.disabled = true; return true;" action="${url.loginAction}" method="post">
            <#if otpLogin.userOtpCredentials?size gt 1>
                <@field.group name="selectedCredentialId" label=msg("mainstayDevice")>
                    <span class="${properties.kcInputClass}">
                        <select id="selectedCredentialId" name="selectedCredentialId">
                            <#list otpLogin.userOtpCredentials as otpCredential>
                                <option value="${otpCredential.id}"<#if otpCredential.id == (otpLogin.selectedCredentialId!'')> selected</#if>>${otpCredential.userLabel!otpCredential?counter}</option>
                            </#list>
                        </select>
                    </span>
                </@field.group>
            <#else>
                <input type="hidden" name="selectedCredentialId" value="${otpLogin.selectedCredentialId!''}">
            </#if>
            <div class="mainstay-code">
                <@field.input name="otp" label=msg("loginOtpOneTime") autocomplete="one-time-code" fieldName="totp" autofocus=true />
            </div>
            <@buttons.actionGroup>
                <@buttons.button id="kc-login" name="login" label="mainstayConfirm" />
            </@buttons.actionGroup>
        </form>
    </#if>
</@layout.registrationLayout>
