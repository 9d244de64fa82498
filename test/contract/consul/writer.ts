import { ask } from './client.js';

/** Writes keys through one server, one after the other, and remembers which were acknowledged. */
export function startWriter(address: string, prefix: string) {
  const acknowledged: string[] = [];
  let failed = 0;
  let writing = true;
  const loop = (async () => {
    for (let count = 0; writing; count++) {
      const key = `${prefix}/${count}`;
      const { status, text } = await ask(address, `kv/${key}`, { method: 'PUT', body: key, timeoutMs: 15_000 });
      if (status === 200 && text === 'true') acknowledged.push(key);
      else failed++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return {
    /** Stops, and says which acknowledged keys are missing from a consistent listing. */
    stop: async (): Promise<{ acknowledged: number; failed: number; lost: string[] }> => {
      writing = false;
      await loop;
      const { json } = await ask(address, `kv/${prefix}/?keys&consistent`);
      const found = new Set(Array.isArray(json) ? json : []);
      return { acknowledged: acknowledged.length, failed, lost: acknowledged.filter((key) => !found.has(key)) };
    },
  };
}
