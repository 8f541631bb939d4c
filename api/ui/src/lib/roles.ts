/** The permissions that roles give, as `docs/roles.md` has them. Pure. */
import type { Schemas } from './api';

type Permission = Schemas['Permission'];
export type Role = Schemas['Role'];

/** The roles that give each permission; a test compares them with the page of the roles. */
const GIVEN: Record<Permission, readonly Role[]> = {
  'read-cameras': ['investigator', 'court-liaison', 'storage-admin', 'auditor', 'system-admin'],
  'read-timelines': ['investigator', 'court-liaison', 'storage-admin'],
  search: ['investigator'],
  watch: ['investigator', 'court-liaison'],
  export: ['court-liaison'],
  'read-cases': ['investigator', 'court-liaison', 'auditor'],
  'read-all-cases': ['auditor'],
  'read-holds': ['investigator', 'court-liaison', 'storage-admin', 'auditor'],
  'place-holds': ['investigator', 'court-liaison'],
  'release-holds': ['court-liaison'],
  'work-on-cases': ['investigator', 'court-liaison'],
  'read-storage': ['storage-admin', 'auditor'],
  'manage-storage': ['storage-admin'],
  'read-custody': ['auditor'],
  'read-status': ['storage-admin', 'system-admin'],
  'manage-cameras': ['system-admin'],
  'manage-people': ['system-admin'],
};

export const ROLES: readonly Role[] = [
  'investigator',
  'court-liaison',
  'storage-admin',
  'auditor',
  'system-admin',
];

/** The roles that give one of these permissions, in the order of `ROLES`. */
export function rolesOf(permissions: readonly Permission[]): Role[] {
  return ROLES.filter((role) => permissions.some((one) => GIVEN[one].includes(role)));
}
