/** Mistakes in the settings of TLS, by what a failed request says of them: Node's error codes, and Consul's answer. */
const TLS_REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /\bERR_TLS_CERT_ALTNAME_INVALID\b/,
    'set CONSUL_TLS_SERVER_NAME to a name in the certificate of the servers, for instance server.dc1.consul',
  ],
  [
    /\b(UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|(DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED)\w*)\b/,
    'set CONSUL_CACERT to the file of the CA that signed the certificates of the servers',
  ],
  [
    /\bCERT_(HAS_EXPIRED|NOT_YET_VALID)\b/,
    'renew the certificates of the servers, or correct the clock of this machine',
  ],
  [
    /\bERR_SSL_WRONG_VERSION_NUMBER\b/,
    'give the HTTPS port of the servers with --consul-port (often 8501): this one speaks HTTP; or unset CONSUL_HTTP_SSL and an https:// in CONSUL_HTTP_ADDR, if they offer no TLS',
  ],
  [
    /HTTP request to an HTTPS server/,
    'set CONSUL_HTTP_SSL=true and CONSUL_CACERT: this port speaks HTTPS; or give the HTTP port with --consul-port',
  ],
  [
    /\bERR_SSL_[\w/]*ALERT_\w*(CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)|after the TLS handshake/,
    'if the servers verify clients (verify_incoming), set CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY to a certificate that their CA signed; otherwise read the log of Consul on them (journalctl -u consul)',
  ],
];

/** What to set instead; undefined where the failure has nothing to do with TLS. */
export function findTlsRemedy(failure: string): string | undefined {
  return TLS_REMEDIES.find(([sign]) => sign.test(failure))?.[1];
}
