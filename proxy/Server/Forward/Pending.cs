namespace JitProxy.Server.Forward;

/// <summary>One answer that is owed to the client, or only to ourselves.</summary>
/// <param name="Expected">What comes.</param>
/// <param name="Relay">True if the client asked for it; false if it is ours to swallow.</param>
/// <param name="Subject">
/// The thing that the answer is about: an <see cref="UpstreamStatement"/>, a portal, or ready bytes; for answers of our own to Parse and Close, the
/// client's statement and a <see cref="LocalClose"/>.
/// </param>
/// <param name="Parse">Which Parse of its statement the client sent, if it is the answer to one; see <see cref="Capture.ClientStatement.CountParse"/>.</param>
internal readonly record struct Pending(Expected Expected, bool Relay, object? Subject = null, int Parse = 0);
