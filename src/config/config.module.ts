import { type DynamicModule, Module } from '@nestjs/common';
import { LoadedConfig } from './load-config.js';

/** Makes each section injectable by its token: `@Inject(httpConfig.token) config: ConfigOf<typeof httpConfig>`. */
@Module({})
export class ConfigModule {
  static forRoot(config: LoadedConfig): DynamicModule {
    const providers = [
      { provide: LoadedConfig, useValue: config },
      ...config.sections.map((section) => ({ provide: section.token, useValue: config.get(section) })),
    ];
    return { module: ConfigModule, global: true, providers, exports: providers };
  }
}
