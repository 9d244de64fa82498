import type { NewTemplate, OldTemplate } from './template.js';

/**
 * Templates as the value of a tag. A launch configuration is its name alone, as it always was; a launch template is
 * written in a form that no launch configuration has: `launch-template/lt-0abc/3/latest/2/group/consul`.
 */

const ALIASES: Readonly<Record<string, string>> = { latest: '$Latest', default: '$Default' };
const OLD = /^launch-template\/(lt-\w+)\/(\d+)\/(latest|default|number)\/(\d+)\/(group|mixed)\/(.*)$/;
const NEW = /^launch-template\/(.+)$/;
const VERSION = /^launch-template-version\/(lt-\w+)$/;

export function oldTemplateText(template: OldTemplate): string {
  if (template.kind === 'launch-configuration') return template.name;
  const { id, name, version, resolved, defaultVersion, mixed } = template;
  const alias = Object.keys(ALIASES).find((word) => ALIASES[word] === version) ?? 'number';
  return ['launch-template', id, resolved, alias, defaultVersion, mixed ? 'mixed' : 'group', name].join('/');
}

export function oldTemplateFrom(text: string): OldTemplate {
  const [, id, resolved, alias = '', defaultVersion, place, name = ''] = OLD.exec(text) ?? [];
  if (id === undefined || resolved === undefined) return { kind: 'launch-configuration', name: text };
  return {
    kind: 'launch-template',
    id,
    name,
    version: ALIASES[alias] ?? resolved,
    resolved: Number(resolved),
    defaultVersion: Number(defaultVersion),
    mixed: place === 'mixed',
  };
}

export function newTemplateText(template: NewTemplate): string {
  switch (template.kind) {
    case 'launch-configuration':
      return template.name;
    case 'launch-template':
      return `launch-template/${template.name}`;
    case 'launch-template-version':
      return `launch-template-version/${template.id}`;
  }
}

export function newTemplateFrom(text: string): NewTemplate {
  const [, id] = VERSION.exec(text) ?? [];
  if (id !== undefined) return { kind: 'launch-template-version', id };
  const [, name] = NEW.exec(text) ?? [];
  return name === undefined
    ? { kind: 'launch-configuration', name: text }
    : { kind: 'launch-template', name };
}
