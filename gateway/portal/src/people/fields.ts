/** Names of the personal fields, as the contract has them (in JSON and, in timelines, as stored) and as pages say them. */
export const fieldNames = {
  number: "people.number",
  name: "people.name",
  nameEn: "people.nameEn",
  name_en: "people.nameEn",
  workMail: "people.workMail",
  work_mail: "people.workMail",
  mobile: "people.mobile",
  nationalId: "people.nationalId",
  national_id: "people.nationalId",
  birthDate: "people.birthDate",
  birth_date: "people.birthDate",
  homeAddress: "people.homeAddress",
  home_address: "people.homeAddress",
  timeZone: "people.timeZone",
  time_zone: "people.timeZone",
} as const;
