/** Fields of a register whose bits are others in some states of the machine: each name is one cell, which finds its bits when it is used. */
import { layoutOf, layoutText } from '../target/register-layout.ts';
import type { RegisterField, RegisterInfo, Target } from '../target/target.ts';
import { type Cell, fieldOf, withFields } from './cell.ts';
import { ExpressionError } from './expression-error.ts';

export function withLayouts(register: Cell, { fields = [], layouts = [] }: Pick<RegisterInfo, 'fields' | 'layouts'>): Cell {
  if (layouts.length === 0) return withFields(register, fields);
  const all = [fields, ...layouts.map((layout) => layout.fields)];
  const indexNow = (target: Target, pe: number): number => (layoutOf(target, pe, layouts) ?? -1) + 1;
  const part = (name: string): Cell => {
    const places = all.map((one) => one.find((field) => field.name === name));
    const cells = places.map((field) => field && fieldOf(register, field));
    const [some] = cells.filter((cell) => cell !== undefined);
    if (areSame(places)) return some;
    const present = (target: Target, pe: number): Cell => {
      const index = indexNow(target, pe);
      const cell = cells[index];
      if (cell !== undefined) return cell;
      const state = layoutText(layouts, index === 0 ? undefined : index - 1);
      const names = all[index].map((field) => field.name).join(', ');
      throw new ExpressionError(`$${register.name} has no field '${name}' while ${state}. Its fields then are ${names}.`);
    };
    return {
      ...some,
      inLayout: { present, isThere: (target, pe) => cells[indexNow(target, pe)] !== undefined },
      read: some.read && ((scene) => present(scene.frame.target, scene.frame.pe).read?.(scene) ?? 0n),
      write: some.write && ((scene, value) => present(scene.frame.target, scene.frame.pe).write?.(scene, value)),
    };
  };
  return { ...register, parts: [...new Set(all.flat().map(({ name }) => name))].map(part) };
}

const areSame = ([first, ...others]: readonly (RegisterField | undefined)[]): boolean =>
  others.every((one) => one !== undefined && one.lsb === first?.lsb && one.values === first.values);
