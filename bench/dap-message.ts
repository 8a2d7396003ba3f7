/** A message of the Debug Adapter Protocol, as far as clients that only measure look at it. */
export interface DapMessage {
  readonly type: string;
  readonly event?: string;
  readonly request_seq?: number;
  readonly success?: boolean;
  readonly message?: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- bodies are looked at, not modelled
  readonly body?: any;
}
