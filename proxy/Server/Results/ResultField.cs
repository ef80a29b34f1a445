namespace JitProxy.Server.Results;

/// <summary>A column of a result.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What its values are.</param>
/// <param name="Mask">The algorithm that hides it; null in clear.</param>
internal sealed record ResultField(string Name, ValueKind Kind, string? Mask);
