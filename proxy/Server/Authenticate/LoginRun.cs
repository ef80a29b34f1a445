using System.Security.Authentication;
using JitProxy.Server.Accept;
using JitProxy.Wire;

namespace JitProxy.Server.Authenticate;

/// <summary>Runs a login within its time, and turns every way in which it can break into an outcome.</summary>
internal static class LoginRun
{
    /// <summary>Takes a new connection to its outcome; call on the thread pool.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> fired.</exception>
    public static async Task<LoginOutcome> RunAsync(ILoginAttempt attempt, TimeSpan timeout, TimeProvider clock, CancellationToken stop)
    {
        using var timer = new CancellationTokenSource(timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stop);
        try
        {
            return await attempt.RunAsync(both.Token).ConfigureAwait(false);
        }
        catch (ProtocolViolationException broken)
        {
            return new LoginBroken(broken.Violation);
        }
        catch (EarlyBytesException)
        {
            return new LoginBroken(ProtocolViolation.BytesBeforeTls);
        }
        catch (AuthenticationException failed)
        {
            return attempt.Refused(LoginRefusal.TlsHandshake, failed.Message);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return attempt.Refused(LoginRefusal.Timeout, $"not signed in within {timeout.TotalSeconds:0.###} s");
        }
        catch (IOException)
        {
            return new ClientLeft();
        }
    }
}
