// Lists the packages of which a bundle holds something: their licences, and an SBOM.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const LICENCE_FILE = /^(licen[cs]e|copying|notice)/i;

/**
 * @param metafile of esbuild: which files are in the bundle
 * @param root folder of the repository
 * @param bundle folder that THIRD-PARTY-LICENSES.txt and sbom.cdx.json are written to
 * @param program name and version of the program
 * @throws Error for a package that says nothing of its licence
 */
export async function writeLicences(metafile, root, bundle, program) {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const packages = await Promise.all(listFolders(metafile).map((folder) => readPackage(root, folder, lock)));
  const texts = packages.map(({ name, version, license, texts }) =>
    [`${name} ${version} (${license})`, ...texts].join('\n\n'),
  );
  await writeFile(join(bundle, 'THIRD-PARTY-LICENSES.txt'), `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`);
  await writeFile(join(bundle, 'sbom.cdx.json'), `${JSON.stringify(sbomOf(program, packages), null, 2)}\n`);
}

/** `node_modules/a/node_modules/b` of every file of which something is in the bundle. */
function listFolders({ outputs }) {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  const folders = files.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/@.][^/]*)\//.exec(file)?.[1] ?? []);
  return [...new Set(folders)].sort();
}

async function readPackage(root, folder, { packages }) {
  const { name, version, license, licence } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
  const files = (await readdir(join(root, folder))).filter((file) => LICENCE_FILE.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(root, folder, file), 'utf8')));
  if ((license ?? licence) === undefined && texts.length === 0) throw new Error(`${folder} has no licence`);
  return {
    name,
    version,
    license: license ?? licence ?? 'see below',
    texts: texts.map((text) => text.trim()),
    integrity: packages[folder]?.integrity,
  };
}

/** CycloneDX 1.5, as `npm sbom` writes it. */
function sbomOf({ name, version }, packages) {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'application', name, version, purl: purlOf(name, version) } },
    components: packages.map((one) => ({
      type: 'library',
      name: one.name,
      version: one.version,
      purl: purlOf(one.name, one.version),
      licenses: [{ expression: one.license }],
      hashes: hashesOf(one.integrity),
    })),
  };
}

function purlOf(name, version) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** Of a package as the registry has it. */
function hashesOf(integrity = '') {
  const [, base64] = /^sha512-(\S+)/.exec(integrity) ?? [];
  return base64 === undefined ? [] : [{ alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') }];
}
