/** As in package.json, which a spec holds it to: what is shipped is a bundle that has no package.json beside it. */
export const VERSION = '0.1.0';

/** How this service introduces itself to whatever it calls. */
export const USER_AGENT = `clankerbot/${VERSION}`;
