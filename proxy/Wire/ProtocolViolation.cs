namespace JitProxy.Wire;

/// <summary>How a peer broke its protocol. The name is a label for metrics and the audit trail; peers see a generic text.</summary>
public enum ProtocolViolation : byte
{
    /// <summary>No violation was named; a defect of the proxy if it is ever seen.</summary>
    Unspecified,

    /// <summary>A frame's length is below its own size, or above what this state allows.</summary>
    FrameLength,

    /// <summary>The body of a message does not have the layout of its type.</summary>
    MessageMalformed,

    /// <summary>The message is well formed, and not allowed in this state.</summary>
    MessageUnexpected,

    /// <summary>The first packet of a connection is not one that the protocol knows.</summary>
    StartupMalformed,

    /// <summary>Bytes arrived between the request for encryption and the handshake: somebody may be stuffing them in.</summary>
    BytesBeforeTls,

    /// <summary>Encryption was asked for more often than a client ever needs to.</summary>
    EncryptionRequestRepeated,

    /// <summary>TLS began without the request for it, and did not name the protocol (ALPN) that makes this safe.</summary>
    DirectTlsWithoutAlpn,

    /// <summary>The peer closed the connection in the middle of a message.</summary>
    Truncated,

    /// <summary>A packet does not have the number that it must have (MySQL).</summary>
    SequenceNumber,
}
