import * as vscode from 'vscode';

/** What a person has declined is no error to tell them of. */
export const showError = ({ message }: Error): void => {
  if (message !== 'cancelled') void vscode.window.showErrorMessage(message);
};
