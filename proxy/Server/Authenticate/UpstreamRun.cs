using System.Security.Authentication;
using System.Security.Cryptography;
using JitProxy.Server.Accept;
using JitProxy.Server.Configuration;
using JitProxy.Wire;

namespace JitProxy.Server.Authenticate;

/// <summary>Runs a login to an upstream, and turns every way in which it can break into a fault.</summary>
internal static class UpstreamRun
{
    /// <summary>A fault that names the upstream.</summary>
    public static UpstreamFault Fault(UpstreamConfiguration target, string why, string? sqlState = null, string? serverText = null, int? code = null) =>
        new($"cannot sign in to {target.Host}:{target.Port} as {target.User}: {why}", sqlState, serverText, code);

    /// <summary>The result of a login, or the fault that kept it from one.</summary>
    public static async Task<UpstreamLoginResult<TSession>> RunAsync<TSession>(
        UpstreamConfiguration target, Func<Task<UpstreamLoginResult<TSession>>> login)
        where TSession : class
    {
        try
        {
            return await login().ConfigureAwait(false);
        }
        catch (EarlyBytesException)
        {
            return new(null, Fault(target, "bytes in clear came ahead of the TLS handshake"));
        }
        catch (AuthenticationException failed)
        {
            return new(null, Fault(target, $"the TLS handshake failed: {failed.Message}"));
        }
        catch (CryptographicException failed)
        {
            return new(null, Fault(target, $"the authorities in {target.Ca} cannot be used: {failed.Message}"));
        }
        catch (ProtocolViolationException broken)
        {
            return new(null, Fault(target, $"it broke the protocol ({broken.Violation})"));
        }
        catch (IOException lost)
        {
            return new(null, Fault(target, lost.Message));
        }
    }
}
