namespace JitProxy.Policy.Sql;

/// <summary>Where an offered statement leaves a granted one, for the refusal's text.</summary>
/// <param name="Granted">The grant's tokens there, with a little of what stands before, such as <c>id = 42</c>.</param>
/// <param name="Offered">The same place of the offered statement, such as <c>id = 43</c>.</param>
/// <param name="Index">Number of the first token that differs, from 0.</param>
/// <param name="Distance">How many tokens must be changed, added or removed to make one of the other; ranks the candidates.</param>
public readonly record struct TokenDifference(string Granted, string Offered, int Index, int Distance);
