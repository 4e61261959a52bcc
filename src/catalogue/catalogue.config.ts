import { type ConfigOf, defineSection } from '../config/variable.js';
import { boolean, integer } from '../config/variables.js';

export const catalogueConfig = defineSection('catalogue', {
  CATALOGUE_REQUESTS_PER_SECOND: integer({
    about:
      "Requests a second with which a workspace's catalogue is filled, within Clockify's own limits; all replicas together.",
    default: 10,
    min: 1,
    max: 50,
  }),
  CATALOGUE_MAX_PAGES: integer({
    about: 'Pages of one list that are read into the catalogue; a longer list counts as incomplete.',
    default: 200,
    min: 1,
    max: 2_000,
  }),
  CATALOGUE_INCLUDE_HEAVY: boolean({
    about: 'Also read lists that cost Clockify much, such as shared reports.',
    default: false,
  }),
  CATALOGUE_INCLUDE_TIME_ENTRIES: boolean({
    about: 'Also read the time entries that are in progress.',
    default: false,
  }),
  CATALOGUE_REFRESH_MINUTES: integer({
    about:
      'How often Clockify is asked for changes that no webhook told of, in workspaces with a catalogue; 0 for never.',
    default: 60,
    min: 0,
    max: 10_080,
  }),
  CATALOGUE_TTL_DAYS: integer({
    about:
      'What was not seen in Clockify for so long leaves the catalogue; everything is read anew in half that time. 0 keeps it.',
    default: 7,
    min: 0,
    max: 3_650,
  }),
});

export type CatalogueConfig = ConfigOf<typeof catalogueConfig>;
