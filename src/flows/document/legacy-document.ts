import { type Fields, isFields } from './fault-list.js';

const LEGACY_KEYS = ['actions', 'trigger_event_types', 'trigger_source'];

export function isLegacyDocument(document: Fields): boolean {
  return LEGACY_KEYS.some((key) => Object.hasOwn(document, key)) && !Object.hasOwn(document, 'steps');
}

/** A flow as the two add-ons stored it, in today's form. What is wrong in it stays, and is named when it is read. */
export function convertLegacyDocument(document: Fields): Fields {
  const { name, enabled, description, conditions, trigger_event_types, trigger_source, actions, ...rest } =
    document;
  return {
    ...rest,
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(enabled === undefined ? {} : { enabled }),
    trigger: {
      ...(typeof trigger_source === 'string' ? { source: trigger_source.toLowerCase() } : {}),
      ...(trigger_event_types === undefined ? {} : { events: trigger_event_types }),
    },
    ...(conditions === undefined || conditions === null ? {} : { conditions }),
    steps: Array.isArray(actions) ? actions.map(convertAction) : actions,
  };
}

function convertAction(action: unknown, index: number): unknown {
  if (!isFields(action)) return action;
  const { type, operation_id, path_params, query_params, params, body } = action;
  const given = isFields(params) ? params : {};
  const isHttp = type === 'GENERIC_HTTP';
  const allParams = {
    ...asFields(path_params),
    ...asFields(query_params),
    ...asFields(given['path']),
    ...asFields(given['query']),
  };
  const allBody = body ?? given['body'];
  return {
    id: `action_${index}`,
    action: `${isHttp ? 'http-request' : 'clockify'}.${String(operation_id)}`,
    params: { ...allParams, ...(allBody === undefined || allBody === null ? {} : { body: allBody }) },
  };
}

function asFields(value: unknown): Fields {
  return isFields(value) ? value : {};
}
