/** Where AWS is and how patient to be with it. What is left out comes from the SDK's default chain. */
export interface CloudSettings {
  readonly region?: string | undefined;
  /** For an AWS that is not Amazon's; otherwise AWS_ENDPOINT_URL is obeyed by the SDK. */
  readonly endpoint?: string | undefined;
  /** Only for an AWS that is not Amazon's; otherwise the SDK's default chain finds them. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  /** Tries of one call, the first included. */
  readonly maxAttempts?: number;
  readonly connectTimeoutMs?: number;
  /** For one try, from the request to the end of the answer. */
  readonly requestTimeoutMs?: number;
}
