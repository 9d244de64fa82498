import { AwsFault } from '../aws/fault.js';

/** The parameters of a query request as a tree: `A.member.1.B=x` is A, member, 1, B with the value x. */
export interface Parameter {
  value: string | undefined;
  readonly children: Map<string, Parameter>;
}

/** Deeper than any shape of the services; a hostile name must not cost more. */
const mostLevels = 24;

/**
 * The tree of a form's fields.
 *
 * @throws AwsFault `MalformedQueryString`
 */
export function parseParameters(fields: URLSearchParams): Parameter {
  const root = emptyParameter();
  for (const [name, value] of fields) {
    const parts = name.split('.');
    if (parts.length > mostLevels) throw new AwsFault('MalformedQueryString', 'A parameter name is too long.');
    let place = root;
    for (const part of parts) place = childOf(place, part);
    place.value = value;
  }
  return root;
}

function childOf(parameter: Parameter, name: string): Parameter {
  const present = parameter.children.get(name);
  if (present !== undefined) return present;
  const child = emptyParameter();
  parameter.children.set(name, child);
  return child;
}

function emptyParameter(): Parameter {
  return { value: undefined, children: new Map() };
}

/** The numbered children, in the order of their numbers: a list's members or a map's entries. */
export function listNumbered(parameter: Parameter): Parameter[] {
  const entries = [...parameter.children].filter(([name]) => /^\d{1,9}$/.test(name));
  return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, child]) => child);
}
