import { Controller, Get, type INestApplication, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import request from 'supertest';
import { ACCESS_RULE, Requires, ROLES } from '../../src/access/access.decorators.js';
import { buildOpenApi } from '../../src/http/openapi.js';
import { startTestApp, type TestApp } from '../support/app.js';

interface Route {
  name: string;
  rule: unknown;
}

/** Nest's own mark on a route handler. */
const PATH = 'path';

/** Every route that Nest has registered, with the rule at its handler or else its controller. */
function routesOf(app: INestApplication): Route[] {
  const modules = [...app.get(ModulesContainer).values()];
  const controllers = new Set(
    modules.flatMap((module) => [...module.controllers.values()]).map((c) => c.metatype),
  );
  return [...controllers].flatMap((controller) => {
    if (typeof controller !== 'function') return [];
    const prototype = controller.prototype as Record<string, unknown>;
    return methodNames(prototype)
      .map((method) => [method, prototype[method]] as const)
      .filter((entry): entry is [string, object] => typeof entry[1] === 'function')
      .filter(([, handler]) => Reflect.hasMetadata(PATH, handler))
      .map(([method, handler]) => ({
        name: `${controller.name}.${method}`,
        rule: Reflect.getMetadata(ACCESS_RULE, handler) ?? Reflect.getMetadata(ACCESS_RULE, controller),
      }));
  });
}

/** Inherited handlers are routes too. */
function methodNames(prototype: object | null): string[] {
  if (prototype === null || prototype === Object.prototype) return [];
  const own = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
  return [...own, ...methodNames(Object.getPrototypeOf(prototype) as object | null)];
}

const undeclared = (app: INestApplication) =>
  routesOf(app)
    .filter(({ rule }) => ![...ROLES, 'public', 'webhook'].includes(rule as string))
    .map(({ name }) => name);

@Controller('forgotten')
class ForgottenController {
  @Get('undeclared')
  undeclared(): string {
    return 'done';
  }

  @Get('declared')
  @Requires('viewer')
  declared(): string {
    return 'done';
  }
}

@Module({ controllers: [ForgottenController] })
class ForgottenModule {}

describe('every route of the application', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  it('declares who may call it', () => {
    expect(routesOf(service.app).length).toBeGreaterThan(4);
    expect(undeclared(service.app)).toEqual([]);
  });

  it('shows in the OpenAPI document how it is secured', () => {
    const operations = Object.entries(buildOpenApi(service.app).paths).flatMap(([path, item]) =>
      (['get', 'post', 'put', 'patch', 'delete'] as const).flatMap((method) => {
        const operation = item[method];
        return operation ? [{ name: `${method} ${path}`, security: operation.security ?? [] }] : [];
      }),
    );
    const isOpen = (name: string) => /^\w+ \/(healthz|readyz|metrics|webhooks\/|addons\/)/.test(name);
    const wrong = operations.filter(({ name, security }) => {
      const schemes = security.flatMap((alternative) => Object.keys(alternative)).sort();
      return schemes.join() !== (isOpen(name) ? '' : 'apiKey,bearer');
    });
    expect(operations.length).toBeGreaterThan(4);
    expect(wrong).toEqual([]);
  });
});

describe('a route that declares nothing', () => {
  it('is found by the walk over all routes, and closed to all but admins', async () => {
    const service = await startTestApp({
      imports: [ForgottenModule],
      env: { HOST: '0.0.0.0', API_KEYS: 'op:operator:key-of-operator,boss:admin:key-of-admin' },
    });
    expect(undeclared(service.app)).toEqual(['ForgottenController.undeclared']);
    const call = (key: string) => request(service.url).get('/forgotten/undeclared').set('X-Api-Key', key);
    await call('key-of-operator').expect(403);
    await call('key-of-admin').expect(200);
    await service.close();
  });
});
