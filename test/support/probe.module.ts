import { Body, Controller, Get, Module, Param, Post } from '@nestjs/common';
import { IsInt, IsOptional, IsString, Max, MaxLength } from 'class-validator';
import { Public, Requires } from '../../src/access/access.decorators.js';
import { AppError } from '../../src/errors/app-error.js';

export class ProbeDto {
  @IsString()
  @MaxLength(10)
  text!: string;

  @IsOptional()
  @IsInt()
  @Max(5)
  count?: number;
}

/** Routes of the tests' own, so that the rules of the HTTP room are shown without any feature. */
@Controller('probe')
export class ProbeController {
  @Post()
  @Requires('operator')
  echo(@Body() body: ProbeDto): ProbeDto {
    return body;
  }

  @Get('fails')
  @Public()
  fail(): never {
    throw new Error('secret detail of the implementation');
  }

  @Get('unavailable')
  @Public()
  unavailable(): never {
    throw new AppError('unavailable', 'Come back later', { retryAfterSeconds: 7, details: { why: 'test' } });
  }

  @Get('lost-database')
  @Public()
  lostDatabase(): never {
    throw Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:5432'), { code: 'ECONNREFUSED' });
  }

  @Get('items/:id')
  @Requires('viewer')
  read(@Param('id') id: string): { id: string } {
    return { id };
  }
}

@Module({ controllers: [ProbeController] })
export class ProbeModule {}
