export interface GithubAnswer {
  status: number;
  headers: Readonly<Record<string, string | undefined>>;
  /** Not yet read as JSON. */
  text: string;
}
