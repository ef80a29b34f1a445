namespace JitProxy.Server.Authenticate;

/// <summary>The login of one connection, in the protocol of its listener.</summary>
internal interface ILoginAttempt
{
    /// <summary>Takes the connection to its outcome. What the peer breaks is thrown.</summary>
    Task<LoginOutcome> RunAsync(CancellationToken cancellationToken);

    /// <summary>An outcome with what is known of the client so far.</summary>
    LoginRefused Refused(LoginRefusal reason, string why);
}
