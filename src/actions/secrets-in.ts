import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsString, MaxLength } from 'class-validator';
import { AppError } from '../errors/app-error.js';
import { IsOmittable } from '../http/is-omittable.js';
import type { Params } from '../integrations/integration.js';
import { placesIn, pathText, type SecretPlace } from '../secrets/secret-place.js';

/** Most paths of params that an action may say its secrets stand in. */
const SECRETS_IN_MAX = 20;
const LONGEST_PATH = 500;

/** The field of a body that says where in its params secrets stand. */
export function SecretsIn(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({
      type: [String],
      description:
        'Params in which {{ secrets.name }} stands for that secret, such as headers.authorization. For admins. Elsewhere it is text.',
    }),
    IsOmittable(),
    IsArray(),
    ArrayMaxSize(SECRETS_IN_MAX),
    IsString({ each: true }),
    MaxLength(LONGEST_PATH, { each: true }),
  );
}

/**
 * The secrets of an action that is written out in a request: those in the named params, `headers.authorization` or
 * `headers`. Without the names there is none, because who sends a request may have put foreign text into its params.
 */
export function secretsOf(
  params: Params,
  secretsIn: readonly string[] | undefined,
): { secrets?: readonly SecretPlace[] } {
  if (secretsIn === undefined || secretsIn.length === 0) return {};
  const all = placesIn(params).map((place) => ({ place, path: pathText(place.path) }));
  const details = secretsIn.flatMap((within, index) =>
    all.some(({ path }) => isWithin(path, within))
      ? []
      : [{ path: `secretsIn[${index}]`, message: 'names no params in which {{ secrets.name }} stands' }],
  );
  if (details.length > 0) throw new AppError('validation_error', 'The request is not valid', { details });
  const wanted = all.filter(({ path }) => secretsIn.some((within) => isWithin(path, within)));
  return { secrets: wanted.map(({ place }) => place) };
}

function isWithin(path: string, within: string): boolean {
  return path === within || path.startsWith(`${within}.`) || path.startsWith(`${within}[`);
}
