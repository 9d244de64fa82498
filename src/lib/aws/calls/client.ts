import { createAggregatedClient } from '@smithy/core/client';

type AnyClient = InstanceType<Parameters<typeof createAggregatedClient>[1]>;

/** As the SDK names the method of a command: `describeInstances` for `DescribeInstancesCommand`. Paginators keep their names. */
type MethodOf<Name> = Name extends `${infer Command}Command` ? Uncapitalize<Command> : Name;

/**
 * A client class with a method for each of these commands and paginators, as the class of the SDK that has them all
 * (`All`) makes them. A bundle holds what can be called, and EC2 has 700 commands: a megabyte.
 */
export function withCalls<All>() {
  return <Arguments extends unknown[], Base extends AnyClient, Calls extends object>(
    Client: new (...given: Arguments) => Base,
    calls: Calls,
  ) => {
    const Api = class extends (Client as unknown as new (...given: unknown[]) => AnyClient) {};
    const isPaginator = ([name]: [string, unknown]) => name.startsWith('paginate');
    const commands = Object.fromEntries(Object.entries(calls).filter((call) => !isPaginator(call)));
    const paginators = Object.fromEntries(Object.entries(calls).filter(isPaginator));
    createAggregatedClient(commands, Api, { paginators });
    return Api as unknown as new (
      ...given: Arguments
    ) => Base & Pick<All, MethodOf<keyof Calls> & keyof All>;
  };
}
