namespace JitProxy.Server.Accept;

/// <summary>Bytes in clear arrived ahead of a TLS handshake: possibly an injection by someone on the path.</summary>
/// <remarks>Were they kept, they would be read as if they had come through TLS. The connection must be closed.</remarks>
internal sealed class EarlyBytesException : IOException
{
    /// <summary>Creates the exception.</summary>
    public EarlyBytesException()
        : base("Bytes in clear arrived ahead of the TLS handshake.")
    {
    }

    /// <summary>Creates the exception with another message.</summary>
    public EarlyBytesException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with another message and a cause.</summary>
    public EarlyBytesException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
