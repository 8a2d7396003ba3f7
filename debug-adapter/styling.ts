import type { DebugProtocol as Dap } from '@vscode/debugprotocol';

/** ECMA-48, "SGR - Select Graphic Rendition": what begins and what ends each style. */
const renditions = { note: [2, 22], warning: [33, 39], error: [31, 39] } as const;

export type Style = keyof typeof renditions;

/** A line of the debugger's own, coloured if the client can show that. */
export function styled(client: Partial<Dap.InitializeRequestArguments>, style: Style, text: string): string {
  if (client.supportsANSIStyling !== true) return text;
  const [begin, end] = renditions[style];
  return `\u001b[${begin}m${text}\u001b[${end}m`;
}
