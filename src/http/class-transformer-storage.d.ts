/** class-transformer keeps its decorators' metadata in a module that it ships but does not type. */
declare module 'class-transformer/cjs/storage.js' {
  export { defaultMetadataStorage } from 'class-transformer/types/storage.js';
}
