import { z } from 'zod';
import { failure } from '../../events/parts.js';
import { SCHEMA_IDS } from '../schema-ids.js';
import { head, type Written } from './parts.js';

/** Any command that ends in an error it knows. */
export const errorSchema = z.object({ ...head(SCHEMA_IDS.error), error: failure });

export type ErrorDocument = Written<typeof errorSchema>;
