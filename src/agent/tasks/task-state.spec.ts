import {
  ENDED_STATES,
  HELD_STATES,
  NEXT_STATES,
  statesBefore,
  TASK_STATES,
  WAITING_STATES,
} from './task-state.js';

describe('the states of a task', () => {
  it('are each held, waiting or ended', () => {
    expect([...HELD_STATES, ...WAITING_STATES, ...ENDED_STATES].toSorted()).toEqual(
      [...TASK_STATES].toSorted(),
    );
  });

  it('can each be reached from a task that is new', () => {
    const reached = new Set(['needs_approval', 'queued']);
    for (const state of reached) for (const next of NEXT_STATES[state as 'queued']) reached.add(next);
    expect([...reached].toSorted()).toEqual([...TASK_STATES].toSorted());
  });

  it('lead from each that a worker holds back in line, and to an end', () => {
    for (const state of HELD_STATES) {
      expect(NEXT_STATES[state]).toEqual(expect.arrayContaining(['queued', 'failed', 'cancelled']));
    }
  });

  it('know where they come from', () => {
    expect(statesBefore('open')).toEqual(['pushed']);
    expect(statesBefore('done')).toEqual(['open']);
    expect(statesBefore('queued')).toEqual([
      'needs_approval',
      ...HELD_STATES,
      'no_changes',
      'failed',
      'out_of_budget',
      'cancelled',
    ]);
  });
});
