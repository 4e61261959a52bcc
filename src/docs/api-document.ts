import { Injectable } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import { stringify } from 'yaml';
import { type StoredPage, storePage } from './stored-page.js';

/** The description of the API as it is sent. Rendered when first asked for, and then never again. */
@Injectable()
export class ApiDocument {
  #make: (() => OpenAPIObject) | undefined;
  #document: OpenAPIObject | undefined;
  #json: Promise<StoredPage> | undefined;
  #yaml: Promise<StoredPage> | undefined;

  /** Says how it is made, which takes the whole application. */
  describe(make: () => OpenAPIObject): void {
    this.#make = make;
  }

  json(): Promise<StoredPage> {
    return (this.#json ??= storePage('application/json; charset=utf-8', JSON.stringify(this.#made())));
  }

  yaml(): Promise<StoredPage> {
    const text = (): string => stringify(this.#made(), { aliasDuplicateObjects: false, lineWidth: 0 });
    return (this.#yaml ??= storePage('text/yaml; charset=utf-8', text()));
  }

  #made(): OpenAPIObject {
    if (this.#make === undefined) throw new Error('Nobody has said how the API document is made');
    return (this.#document ??= this.#make());
  }
}
