import { z } from 'zod';
import { SCHEMA_IDS } from '../schema-ids.js';
import { head, type Written } from './parts.js';

const text = z.string();

const origin = z
  .discriminatedUnion('from', [
    z.object({ from: z.literal('flag'), flag: text }),
    z.object({ from: z.literal('variable'), name: text }),
    z.object({
      from: z.literal('file'),
      file: text,
      line: z.int().min(1),
      cluster: text.optional().meta({ description: 'Where it is said for that cluster alone.' }),
    }),
    z.object({ from: z.literal('default') }),
  ])
  .meta({ id: 'origin', description: 'What set it.' });

const setting = z
  .union([
    z.object({
      value: z.unknown().meta({ description: 'Text, number, boolean or list; null where it is not set.' }),
      origin,
    }),
    z.object({ secret: z.literal(true), set: z.boolean(), origin }),
  ])
  .meta({ id: 'setting', description: 'A setting; of a secret only whether it is set.' });

/** `config --json`. */
export const configSchema = z.object({
  ...head(SCHEMA_IDS.config),
  file: text.nullable().meta({ description: 'The settings file; null where there is none.' }),
  settings: z.record(text, setting).meta({ description: 'Every setting by its name.' }),
  environment: z.record(text, setting).meta({ description: 'The variables of AWS and Consul.' }),
  unknown: z
    .array(z.object({ name: text, meant: text.nullable().meta({ description: 'What was probably meant.' }) }))
    .meta({ description: 'Variables that look like ours and are not.' }),
});

export type OriginDocument = Written<typeof origin>;
export type ConfigDocument = Written<typeof configSchema>;
