/** The function with its results kept, for as long as the value is that it was computed from: nothing changes that value. */
export function keepResults<K extends object, R>(compute: (of: K) => R): (of: K) => R {
  const results = new WeakMap<K, { readonly result: R }>();
  return (of) => {
    let kept = results.get(of);
    if (kept === undefined) {
      kept = { result: compute(of) };
      results.set(of, kept);
    }
    return kept.result;
  };
}
