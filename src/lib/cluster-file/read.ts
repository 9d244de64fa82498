import { readYaml } from '../yaml-file/read.js';
import { type ClusterFile, clusterSchema } from './schema.js';

/**
 * The cluster that a file describes.
 *
 * @param name of the file, for what is said about it
 * @throws RollError `cluster-file-wrong`, exit 2, with every mistake: its line, column and key, and what was expected
 */
export function readClusterFile(text: string, name: string): ClusterFile {
  return readYaml(text, clusterSchema, { name, code: 'cluster-file-wrong', doc: 'docs/create.md' }).value;
}
