// The package brings no types.
declare module 'systemd-notify' {
  /** Runs the helper systemd-notify(1); rejects with an Error, or with the text that the helper printed. */
  function notify(message: { readonly ready?: boolean; readonly status?: string }): Promise<unknown>;
  export = notify;
}
