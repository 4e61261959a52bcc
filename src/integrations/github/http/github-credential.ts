export interface GithubCredential {
  /** Whose limits and answers these are: `token`, `installation 12`. */
  readonly owner: string;
  /** The value of the header. */
  readonly authorization: string;
}
