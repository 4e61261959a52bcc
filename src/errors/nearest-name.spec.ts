import { nearestNames } from './nearest-name.js';

const NAMES = [
  'get_user',
  'list_clients',
  'create_client',
  'list_workspaces',
  'getProjects',
  'create_time_entry',
];

describe('nearestNames', () => {
  it.each([
    ['list_client', 'list_clients'],
    ['createclient', 'create_client'],
    ['lsit_workspaces', 'list_workspaces'],
    ['getproject', 'getProjects'],
    ['CREATE-TIME-ENTRY', 'create_time_entry'],
    ['workspaces', 'list_workspaces'],
  ])('suggests for %s first %s', (wanted, expected) => {
    expect(nearestNames(wanted, NAMES)[0]).toBe(expected);
  });

  it('suggests nothing where nothing is near', () => {
    expect(nearestNames('frobnicate_the_gizmo', NAMES)).toEqual([]);
    expect(nearestNames('', NAMES)).toEqual([]);
    expect(nearestNames('…', NAMES)).toEqual([]);
  });

  it('suggests at most as many as asked for', () => {
    expect(nearestNames('client', NAMES, 1)).toHaveLength(1);
  });
});
