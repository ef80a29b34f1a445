using Microsoft.Extensions.Logging;

namespace JitProxy.Server.Accept;

/// <summary>Looks at a listener's certificate files again and again, so that what a certificate authority's tool puts there is shown a moment later.</summary>
internal sealed class TlsRenewal : IDisposable
{
    /// <summary>Time between two looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly TlsIdentity _identity;
    private readonly ILogger _log;
    private readonly Lock _look = new();
    private readonly ITimer _timer;

    /// <summary>Begins; the identity is disposed of with this.</summary>
    public TlsRenewal(TlsIdentity identity, ILogger log, TimeProvider clock)
    {
        (_identity, _log) = (identity, log);
        _timer = clock.CreateTimer(_ => Look(), null, Interval, Interval);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_look)
            _identity.Dispose();
    }

    private void Look()
    {
        lock (_look)
        {
            if (_identity.TryRenew(out var fault))
                AcceptLog.CertificateRenewed(_log, _identity.Certificate.Subject, _identity.Certificate.NotAfter.ToUniversalTime());
            else if (fault is not null)
                AcceptLog.CertificateRefused(_log, fault);
        }
    }
}
