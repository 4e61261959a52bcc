import { pathOf, type SandboxCall, type SandboxHandlers } from '../sandbox-call.js';
import { type Entity, type Fields, fieldsOf, listOf } from '../sandbox-entity.js';
import type { SandboxState } from '../sandbox-state.js';

const HOLIDAYS = 'holidays';

/** Never cut into pages. */
export const holidayHandlers: SandboxHandlers = {
  getHolidays: (call, state) => assigned(call, state),

  getHolidaysInPeriod(call, state) {
    const [from, to] = [day(call.query['start']), day(call.query['end'])];
    return assigned(call, state).filter(({ datePeriod }) => {
      const { startDate, endDate } = fieldsOf(datePeriod);
      return day(startDate) <= to && day(endDate) >= from;
    });
  },

  createHoliday: (call, state) => state.add(call.workspaceId, HOLIDAYS, holidayFields(call)),

  updateHoliday: (call, state) =>
    state.change(call.workspaceId, HOLIDAYS, byPath(call, state).id, holidayFields(call)),

  deleteHoliday: (call, state) => ({
    ...state.remove(call.workspaceId, HOLIDAYS, byPath(call, state).id),
    automaticTimeEntryCreation: null,
  }),
};

function byPath(call: SandboxCall, state: SandboxState): Entity {
  return state.get(call.workspaceId, HOLIDAYS, pathOf(call, 'holidayId'));
}

function holidayFields({ body }: SandboxCall): Fields {
  const { name, color, datePeriod, users, userGroups } = body;
  const automatic = fieldsOf(body['automaticTimeEntryCreation']);
  return {
    name,
    color: color ?? '#03A9F4',
    datePeriod,
    occursAnnually: body['occursAnnually'] === true,
    everyoneIncludingNew: body['everyoneIncludingNew'] === true,
    userIds: listOf(fieldsOf(users)['ids']),
    userGroupIds: listOf(fieldsOf(userGroups)['ids']),
    automaticTimeEntryCreation: automatic['enabled'] === true,
    projectId: fieldsOf(automatic['defaultEntities'])['projectId'] ?? null,
    taskId: fieldsOf(automatic['defaultEntities'])['taskId'] ?? null,
  };
}

function assigned(call: SandboxCall, state: SandboxState): Entity[] {
  const userId = call.query['assigned-to'];
  return state.list(call.workspaceId, HOLIDAYS).filter((holiday) => {
    const isForAll = holiday['everyoneIncludingNew'] === true || userId === undefined || userId === '';
    return isForAll || listOf(holiday['userIds']).includes(userId);
  });
}

function day(date: unknown): string {
  return String(date).slice(0, 10);
}
