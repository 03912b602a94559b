import { Form, Radio } from "antd";
import { useTranslation } from "react-i18next";
import type { CaseRole } from "@/api/contract";
import { addParticipant, removeParticipant } from "@/api/placements";
import { CommandDialog } from "@/ui/forms";
import { PersonById } from "@/ui/Person";
import { PersonPicker } from "@/ui/pickers";
import type { CaseDialogProps } from "./CaseDialog";
import { target, useCommandWords } from "./command";
import { givenRoles } from "./steps";

export function AddParticipantDialog({ one, onClose }: CaseDialogProps) {
  const { t } = useTranslation();
  return (
    <CommandDialog
      method={addParticipant}
      {...useCommandWords("AddParticipant")}
      first={{ role: "CASE_ROLE_POST_MANAGER" }}
      request={({ employeeId, role }: { employeeId: string; role: CaseRole }) => ({ ...target(one), employeeId, role })}
      onClose={onClose}
      testid="participant-dialog"
    >
      <Form.Item name="employeeId" label={t("matching.person")} rules={[{ required: true, message: t("ui.required") }]}>
        <PersonPicker {...(one.employeeId ? { except: one.employeeId } : {})} testid="field-employeeId" />
      </Form.Item>
      <Form.Item name="role" label={t("placements.roleTitle")} required>
        <Radio.Group style={{ display: "grid", gap: 6 }}>
          {givenRoles.map((role) => (
            <Radio key={role} value={role} data-testid={`role-${role}`}>
              <strong>{t(`placements.role.${role}`)}</strong>{" "}
              <span className="quiet">{t(`placements.roleHelp.${role}`)}</span>
            </Radio>
          ))}
        </Radio.Group>
      </Form.Item>
    </CommandDialog>
  );
}

export function RemoveParticipantDialog({ one, employeeId, onClose }: CaseDialogProps & { employeeId: string }) {
  return (
    <CommandDialog
      method={removeParticipant}
      {...useCommandWords("RemoveParticipant")}
      danger
      about={<PersonById id={employeeId} plain={false} />}
      request={() => ({ ...target(one), employeeId })}
      onClose={onClose}
      testid="remove-dialog"
    >
      {null}
    </CommandDialog>
  );
}
