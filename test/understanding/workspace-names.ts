import type { Entity } from '../../src/parsing/grammar/names.ts';
import type { Workspace } from './request.ts';

/** Everything in a workspace that has a name, under ids that are made of where it stands. */
export function entitiesOf({ clients, projects, tasks = {}, tags = [], users = [] }: Workspace): Entity[] {
  const clientEntities = clients.map((client, at) => entity('client', client, at));
  const projectEntities = projects.map((project, at): Entity => {
    const clientId = clientEntities.find(({ name }) => name === project.client)?.id;
    return { ...entity('project', project, at), ...(clientId === undefined ? {} : { clientId }) };
  });
  const taskEntities = Object.entries(tasks).flatMap(([project, names]) =>
    projectEntities
      .filter(({ name }) => name === project)
      .flatMap((owner) =>
        names.map((task): Entity => ({
          kind: 'task',
          id: `task ${owner.id} ${task}`,
          name: task,
          projectId: owner.id,
        })),
      ),
  );
  return [
    ...clientEntities,
    ...projectEntities,
    ...taskEntities,
    ...tags.map((tag, at) => entity('tag', tag, at)),
    ...users.map((user, at) => entity('user', user, at)),
  ];
}

function entity(
  kind: Entity['kind'],
  named: string | { name: string; archived?: boolean },
  at: number,
): Entity {
  const { name, archived } = typeof named === 'string' ? { name: named, archived: undefined } : named;
  return { kind, id: `${kind} ${at}`, name, ...(archived === undefined ? {} : { archived }) };
}
