/** Places that a client is offered under numbers and comes back for; forgotten when the guest runs. Numbers are never used again. */
export interface Targets<Target> {
  add(target: Target): number;
  /** `undefined`: an id of an earlier stop, or none at all. */
  get(id: number): Target | undefined;
  clear(): void;
}

export function createTargets<Target>(): Targets<Target> {
  const targets = new Map<number, Target>();
  let lastId = 0;
  return {
    add(target) {
      targets.set(++lastId, target);
      return lastId;
    },
    get: (id) => targets.get(id),
    clear() {
      if (targets.size > 0) targets.clear();
    },
  };
}
