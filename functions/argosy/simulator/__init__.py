"""SCRATCH stand-in until the simulator lands."""
import copy
import hashlib
from typing import Any

K="crossplane.io/composition-resource-name"
class Simulator:
    def __init__(self, account: str="111122223333", delays: Any=None, faults: Any=None, slow: Any=None) -> None:
        self.account=account; self.faults=dict(faults or {}); self.o: dict[str,Any]={}; self.hub: dict[Any,Any]={}; self.age: dict[str,int]={}; self.slow=dict(slow or {})
    def apply(self, desired: Any) -> None:
        want={m["metadata"]["annotations"][K]:m for m in desired}
        for k in list(self.o):
            if k not in want: del self.o[k]
        for k,m in want.items():
            old=self.o.get(k); n=copy.deepcopy(m)
            if old: n["status"]=old.get("status",{}); n["metadata"]["annotations"]={**old["metadata"]["annotations"],**n["metadata"]["annotations"]}
            self.o[k]=n
    def step(self) -> None:
        for k,m in self.o.items():
            self.age[k]=self.age.get(k,0)+1
            h=hashlib.sha256(m["metadata"]["name"].encode()).hexdigest()
            fp=m["spec"]["forProvider"]; st=m.setdefault("status",{})
            if k in self.faults:
                st["conditions"]=[{"type":"Synced","status":"False","reason":"ReconcileError","message":self.faults[k]},{"type":"Ready","status":"False","reason":"Creating"}]; continue
            if self.age[k] <= self.slow.get(k,0) or (m["kind"]=="Cluster" and self.age[k]<3):
                st["conditions"]=[{"type":"Synced","status":"True","reason":"ReconcileSuccess"},{"type":"Ready","status":"False","reason":"Creating"}]; continue
            at={x:copy.deepcopy(v) for x,v in fp.items() if x not in("manifest",) and not x.endswith("Ref") and not x.endswith("Refs")}
            at["id"]=f"id-{h[:8]}"; at["arn"]=f"arn:aws:x:r:{self.account}:{h[:8]}"
            if m["kind"]=="Role": at["arn"]=f"arn:aws:iam::{self.account}:role/{m['metadata']['annotations'].get('crossplane.io/external-name')}"
            if m["kind"]=="Cluster" and "eks" in m["apiVersion"]:
                at.update(endpoint=f"https://{h[:32].upper()}.gr7.{fp['region']}.eks.amazonaws.com",certificateAuthority=[{"data":"Q0E="}],identity=[{"oidc":[{"issuer":"https://oidc"}]}]); at["vpcConfig"]={"clusterSecurityGroupId":"sg-"+h[:6]}
            if m["kind"]=="LaunchTemplate": at["latestVersion"]=1
            if m["kind"]=="PodIdentityAssociation": at["associationId"]="a-"+h[:5]
            if m["kind"]=="Instance": at.update(address="db.host",resourceId="db-ABC",masterUserSecret=[{"secretArn":"arn:s"}])
            if m["kind"]=="Cluster" and "rds" in m["apiVersion"]: at.update(endpoint="w",readerEndpoint="r",clusterResourceId="cluster-ABC",masterUserSecret=[{"secretArn":"arn:s"}])
            if m["kind"]=="Object": mf=fp["manifest"]; self.hub[(mf["metadata"]["namespace"],mf["metadata"]["name"])]=mf; at={"manifest":mf}
            st["atProvider"]=at
            st["conditions"]=[{"type":"Synced","status":"True","reason":"ReconcileSuccess"},{"type":"Ready","status":"True","reason":"Available"}]
    def observed(self) -> Any: return [copy.deepcopy(self.o[k]) for k in sorted(self.o)]
    def heal(self,k: str) -> None: self.faults.pop(k,None)
