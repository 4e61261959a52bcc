import { ApiPropertyOptional } from '@nestjs/swagger';
import { ValidateBy, type ValidationArguments } from 'class-validator';
import type { Bound, Scope } from '../observability/request-context.js';
import { BOUND_ENTRY, isBinding, MOST_IN_BOUND, OPERATION_ENTRY, readScope } from './scope.js';

const names = (bound: Bound, about: string, example: string): PropertyDecorator =>
  ApiPropertyOptional({
    description: about,
    type: 'array',
    items: { type: 'string', pattern: (bound === 'operations' ? OPERATION_ENTRY : BOUND_ENTRY).source },
    maxItems: MOST_IN_BOUND,
    example: [example],
  });

/** As it is described; what is checked is IsScope. */
export class ScopeDto implements Scope {
  @names('workspaces', 'Ids: of events, and of the workspaceId of actions.', '64a687e29ae1f428e7ebe303')
  workspaces?: string[];
  @names('sources', 'Names: of events.', 'clockify')
  sources?: string[];
  @names('integrations', 'Names: of actions.', 'clockify')
  integrations?: string[];
  @names(
    'operations',
    'integration.operation: of actions, and of the steps of flows.',
    'clockify.list_clients',
  )
  operations?: string[];
  @names('flows', 'Ids: of flows, their runs and schedules.', '01K8Z5D8V3QGZ1N7X0T4W6Y2AB')
  flows?: string[];
}

/** A scope that binds something, with the sentence that says what is wrong with it. */
export const IsScope = (): PropertyDecorator =>
  ValidateBy({
    name: 'isScope',
    validator: {
      validate: (value: unknown) => mistakeIn(value) === undefined,
      defaultMessage: (args?: ValidationArguments) => `scope ${mistakeIn(args?.value) ?? 'is not one'}`,
    },
  });

function mistakeIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be an object';
  const read = readScope(value as Record<string, unknown>);
  if ('mistake' in read) return read.mistake;
  return isBinding(read.value) ? undefined : 'must have at least one bound, or be absent';
}
