/** Syslog facilities by their number, RFC 5424 section 6.2.1; 12 to 15 have no name that syslog(3) agrees on. */
const facilities = {
  kern: 0,
  user: 1,
  mail: 2,
  daemon: 3,
  auth: 4,
  syslog: 5,
  lpr: 6,
  news: 7,
  uucp: 8,
  cron: 9,
  authpriv: 10,
  ftp: 11,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;

export type FacilityName = keyof typeof facilities;

export const facilityNames = Object.keys(facilities) as FacilityName[];

export function facilityNumber(name: FacilityName): number {
  return facilities[name];
}
