using System.Text;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Sessions.MySql;

/// <summary>The server's answer to a command of the proxy's own: OK, or an error.</summary>
/// <param name="Payload">The packet that says so.</param>
internal readonly record struct InternalAnswer(byte[] Payload)
{
    /// <summary>True if the server did it.</summary>
    public bool IsOk => Payload is [not MySqlError.Header, ..];

    /// <summary>The error in words for the log; it may quote the command, which is the proxy's own.</summary>
    public string Fault =>
        MySqlError.TryParse(Payload, out var error) ? $"error {error.Code}: {Encoding.UTF8.GetString(error.Message)}" : "it broke the protocol";
}
