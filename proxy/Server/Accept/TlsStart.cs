namespace JitProxy.Server.Accept;

/// <summary>How a client came to TLS.</summary>
internal enum TlsStart
{
    /// <summary>It asked in clear and got a yes. Any byte that came before the handshake was put there by someone else.</summary>
    Requested,

    /// <summary>Its first byte was the handshake. Such clients must name the application protocol (ALPN).</summary>
    Direct,

    /// <summary>
    /// It said that its handshake follows, and did not wait for an answer (MySQL). Bytes that came already are the handshake's beginning;
    /// anything else among them fails the handshake.
    /// </summary>
    Announced,
}
