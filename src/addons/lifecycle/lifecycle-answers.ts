import { FlatAnswer } from '../../http/answer.js';
import type { Addon } from '../addon.js';
import type { InstallationKey } from '../installations/installations.tables.js';

export type LifecycleWord = 'installed' | 'uninstalled' | 'settings_updated' | 'status_changed';

const SENTENCES: Readonly<Record<LifecycleWord, string>> = {
  installed: 'The installation is stored',
  uninstalled: 'Nothing of the installation is left',
  settings_updated: 'The settings are stored',
  status_changed: 'The status is stored',
};

/** In the shape of the add-on's predecessor, beside `ok` and the request id. */
export function lifecycleAnswer(
  word: LifecycleWord,
  { slug }: Pick<Addon, 'slug'>,
  { workspaceId }: InstallationKey,
): FlatAnswer {
  if (slug === 'api-studio') return new FlatAnswer({ status: 'ok', message: SENTENCES[word] });
  return new FlatAnswer({
    status: word,
    workspaceId,
    ...(word === 'installed' ? { bootstrap: 'disabled' } : {}),
  });
}
