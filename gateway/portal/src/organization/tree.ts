import type { Unit } from "@/api/contract";

export interface Branch {
  unit: Unit;
  depth: number;
  children: Branch[];
}

/** The tree of units as it was sent: parents before children, siblings by code. */
export function treeOf(units: readonly Unit[]): Branch[] {
  const branches = new Map<string, Branch>();
  const roots: Branch[] = [];
  for (const unit of units) {
    const parent = branches.get(unit.parentId ?? "");
    const branch: Branch = { unit, depth: parent ? parent.depth + 1 : 0, children: [] };
    branches.set(unit.unitId ?? "", branch);
    (parent?.children ?? roots).push(branch);
  }
  return roots;
}

/** The branches on the screen, from the top down: those below an open one. */
export function visible(branches: readonly Branch[], open: ReadonlySet<string>): Branch[] {
  return branches.flatMap((branch) => [
    branch,
    ...(open.has(branch.unit.unitId ?? "") ? visible(branch.children, open) : []),
  ]);
}

/** Ids of branches on the way to a unit whose name or code holds the text. */
export function openFor(branches: readonly Branch[], text: string): { open: Set<string>; hits: Set<string> } {
  const open = new Set<string>();
  const hits = new Set<string>();
  const walk = (branch: Branch): boolean => {
    const { unitId = "", name = "", nameEn = "", code = "" } = branch.unit;
    const hit = `${name} ${nameEn} ${code}`.toLowerCase().includes(text.toLowerCase());
    if (hit) hits.add(unitId);
    const below = branch.children.map(walk).some(Boolean);
    if (below) open.add(unitId);
    return hit || below;
  };
  branches.forEach(walk);
  return { open, hits };
}

/** Open at first: everything down to this depth, so that a company of a few dozen units is seen whole. */
export function firstOpen(branches: readonly Branch[], depth = 1): Set<string> {
  const open = new Set<string>();
  const walk = (branch: Branch) => {
    if (branch.depth < depth) open.add(branch.unit.unitId ?? "");
    branch.children.forEach(walk);
  };
  branches.forEach(walk);
  return open;
}
